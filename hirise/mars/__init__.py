"""HiRISE alone: names, releases, simulated Mars, the blog post."""
