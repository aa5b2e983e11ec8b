"""What is logged, and how: never what people say."""
