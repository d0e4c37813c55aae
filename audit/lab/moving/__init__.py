"""A company of the lab that moves its mail, and the senders and receivers that live through it."""
