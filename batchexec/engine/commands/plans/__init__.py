"""What the words of `batchexec` about plans do, one module per word or small group."""
