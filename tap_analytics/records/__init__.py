"""From the bytes of a page to records: decoding, selecting, schema inference."""
