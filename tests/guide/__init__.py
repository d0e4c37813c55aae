"""The lab of docs/troubleshooting.md, in which every command of that page runs."""
