"""Who may do what: accounts, sign-ins and the one table of permissions."""
