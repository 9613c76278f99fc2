"""The campaign of the demo county told: members, links, visits, money and troubles from which every figure follows.

`loading.load` is the door. First everything is told in memory, each record with the evening it was written down
(`ledger`); then it is written at once, and the cases live their past lives through the engine (`living`). No figure
stands anywhere: what is counted comes out of the material and of a seeded chance.
"""
