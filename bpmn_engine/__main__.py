"""`python -m bpmn_engine` is the `bpmn` command."""

from bpmn_engine.cli import main

if __name__ == "__main__":
    main()
