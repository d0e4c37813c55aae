"""What an audit costs, measured beside other programs in the same run; `make bench` prints the table."""
