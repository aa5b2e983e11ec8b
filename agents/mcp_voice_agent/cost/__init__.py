"""What conversations cost: from the usage that a worker logs, and list prices."""
