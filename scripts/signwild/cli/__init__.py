"""Command lines of programs, from the signatures of their functions; the help of every option is written once."""
