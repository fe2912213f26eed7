from batchexec.engine import batch

DOIT_CONFIG, task_batch = batch()
