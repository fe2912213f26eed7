from shop.cart import Cart, Item, quantities

PEN = Item("pen", 120)
BOOK = Item("book", 1800)


def test_the_total_is_the_sum_of_all_items():
    cart = Cart()
    cart.add(PEN, 3)
    cart.add(BOOK)
    assert cart.total() == 2160


def test_items_that_are_alike_are_counted_together():
    cart = Cart([PEN, BOOK, PEN])
    assert quantities(cart) == {PEN: 2, BOOK: 1}
