import pytest

from shed.reservations import Queue


def test_who_came_first_is_served_first():
    queue = Queue()
    queue.join("Ada")
    queue.join("Ben")
    assert [queue.serve(), queue.serve()] == ["Ada", "Ben"]


def test_nobody_waits_twice():
    queue = Queue()
    queue.join("Ada")
    with pytest.raises(ValueError, match="Ada is waiting already"):
        queue.join("Ada")


def test_who_leaves_is_passed_over():
    queue = Queue()
    queue.join("Ada")
    queue.join("Ben")
    queue.leave("Ada")
    assert queue.serve() == "Ben"


def test_an_empty_queue_serves_nobody():
    assert Queue().serve() is None
