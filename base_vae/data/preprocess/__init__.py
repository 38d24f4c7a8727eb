"""TFRecords of pieces to TFRecords of training examples, filtered, distinct and split."""
