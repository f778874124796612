"""The JSON API for people's own programs: the way in, and orders and money. Tasks, review and releases are the hall's."""
