"""`python -m simulators`: serve the simulated providers until told to stop."""

from simulators.serving import main

if __name__ == "__main__":
    main()
