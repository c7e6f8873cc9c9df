"""Questions of programs that have no graph here: what may be asked, how it stands, how it ends."""
