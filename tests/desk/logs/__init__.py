"""What is read of logs."""
