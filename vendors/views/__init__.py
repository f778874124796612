"""The rooms for people, documents, orders and money, one module each."""
