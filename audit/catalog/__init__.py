"""Facts about the world, kept as data: blocklists, providers, selectors, resolvers, profiles, roots and suffixes."""
