"""The tools of the judge: labels in, a model out. Imports proxy.scoring; nothing in proxy imports this."""
