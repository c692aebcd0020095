# The pages link sources and folders, which the HTML does not have: their names stay.
s#\[([^]]*)\]\([^):]*(\.(cpp|hpp|sh|toml|py)|/)\)#\1#g
# Doxygen shows the marks of code in a heading.
/^#/s/`//g
