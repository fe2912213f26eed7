import pytest
from shop.coupons import UnknownCoupon, discount


def test_a_welcome_coupon_takes_off_a_tenth():
    assert discount("WELCOME10", 45_00) == 4_50


def test_case_and_blanks_do_not_matter():
    assert discount(" welcome10 ", 45_00) == 4_50


def test_a_fixed_coupon_never_takes_off_more_than_there_is():
    assert discount("FIVE", 45_00) == 5_00
    assert discount("FIVE", 3_00) == 3_00


def test_an_unknown_coupon_is_named():
    with pytest.raises(UnknownCoupon, match="SUMMER"):
        discount("SUMMER", 45_00)
