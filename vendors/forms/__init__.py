"""The shape of what people send to the rooms of this app."""
