"""One run on several processes or machines: its parts, who works on them, and how they become one evidence."""
