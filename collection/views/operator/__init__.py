"""The operator's rooms on the public side: screening, terms, spending, the state of the installation."""
