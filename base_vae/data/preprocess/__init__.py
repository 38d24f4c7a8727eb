"""TFRecords of pieces to TFRecords of training examples: filtered, distinct, split, on one machine or many."""
