"""Gathering drives a survey over the network and writes down what was said. It judges nothing."""
