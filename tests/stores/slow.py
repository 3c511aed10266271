SLOW: dict[tuple[str, str, str], str] = {}
