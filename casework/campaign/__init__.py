"""Campaigns such as 三联三促: links, targets, activities, and the figures that follow from them."""
