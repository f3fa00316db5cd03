"""spec/trace.schema.json takes and refuses what the reader of traces does.

Usage: trace_schema_test.py SCHEMA EXAMPLES. trace_test.cpp gives the same examples to the reader.
Exit status 77 (skipped) where the package jsonschema is missing.
"""

import json
import sys

try:
    import jsonschema
except ImportError:
    print("skipped: the Python package jsonschema is not installed")
    sys.exit(77)


def main() -> int:
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = 0
    with open(sys.argv[2], encoding="utf-8") as file:
        examples = [json.loads(line) for line in file]
    for example in examples:
        if validator.is_valid(example["line"]) != example["good"]:
            wrong += 1
            print(f"the schema {'refuses' if example['good'] else 'takes'} {json.dumps(example['line'])}")
    goods = sum(example["good"] for example in examples)
    print(f"{goods} good and {len(examples) - goods} bad examples, {wrong} judged wrongly")
    return 1 if wrong or not 0 < goods < len(examples) else 0


sys.exit(main())
