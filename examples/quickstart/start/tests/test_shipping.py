import pytest
from shop.shipping import shipping_cost


@pytest.mark.parametrize(
    ("goods", "country", "cost"),
    [
        (10_00, "DE", 4_90),
        (50_00, "DE", 0),
        (10_00, "FR", 12_90),
        (80_00, "FR", 12_90),
    ],
)
def test_parcels_at_home_are_free_from_fifty(goods, country, cost):
    assert shipping_cost(goods, country) == cost


def test_nothing_is_sent_for_nothing():
    assert shipping_cost(0, "FR") == 0
