"""The plan of a move for people and for tools: on a terminal, as Markdown, as a page, as zone file and octoDNS YAML."""
