"""DNS over the network: a resolver of callbacks, made for many questions at the same time.

A question passes through these rooms, from the top down: `resolver` (follows aliases), `exchange` (attempts, until one
server says something), `udp` and `tcp` (sockets), `wire` (queries, and what counts as a reply to them), `message` (the
sections of a reply), `reading` (what a reply says of the question), `presentation` (records as text). `ears` listens
to all sockets, `wheel` tells time to all who wait, and `silence` remembers where nobody answers.
"""
