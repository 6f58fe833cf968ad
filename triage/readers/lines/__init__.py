"""Formats of text lines with a structure of their own: web servers, Zeek, the Linux audit trail, CEF, LEEF."""
