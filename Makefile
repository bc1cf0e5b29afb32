# The same commands for fingers that type make.
.PHONY: run test check

run:
	./console demo

test:
	./console test

check:
	./console check
