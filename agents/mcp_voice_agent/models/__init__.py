"""Language models and speech, as a conversation uses them."""
