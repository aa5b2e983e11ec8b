"""What a room and an operator get to know: news, figures and logs."""
