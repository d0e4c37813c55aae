"""Pure reading: text and octets from the world become typed records, with what is wrong in them kept as problems."""
