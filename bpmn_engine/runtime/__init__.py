"""The shell around the core: the batching loop, timers, correlation, deployment. Everything here is synchronous."""
