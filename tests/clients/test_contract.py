"""The rows of the contract that need raw HTTP: what the clients' own code cannot ask for."""
