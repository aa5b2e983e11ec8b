"""What a room and an operator get to know: data, figures and logs."""
