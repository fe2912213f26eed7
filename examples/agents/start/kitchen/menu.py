"""What there is to eat, day by day."""

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")

MENU = {
    "monday": "soup",
}
