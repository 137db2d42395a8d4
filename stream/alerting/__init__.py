"""What is worth telling people, as rows of a table; and what is loaded by the programs that tell them."""
