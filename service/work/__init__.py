"""The work of the service: jobs that outlive the processes that do them."""
