"""What goes wrong outside of us: the code, what it is, what to do. A table for each part: LiveKit, speech, webhooks.

Who meets a fault recognises it there (``room.connection``, ``room.server_api``, ``speech.faults``, the companion's
``webhooks.client``) and raises what stands here. The texts are without their last full stop, and may hold names in
braces, which ``filled`` fills.
"""
