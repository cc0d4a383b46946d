"""The crash matrix: named faults, each made on real brokers and judged by check_topic."""
