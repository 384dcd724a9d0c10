Bwj
location../../etc/passwd