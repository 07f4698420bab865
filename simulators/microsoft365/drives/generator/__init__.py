"""What a site holds when somebody first looks into it: libraries with files, lists, pages, subsites."""
