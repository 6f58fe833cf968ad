"""Writing a report: answers come one after the other, the folder is sealed at the end."""
