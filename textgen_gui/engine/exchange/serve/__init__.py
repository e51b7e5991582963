"""A local door: other programs on this computer write with a model, as they would with OpenAI's service or KoboldAI.

door.py opens and closes it; guards.py says who may come in, connection.py for how long; parameters.py what they may ask
for; writer.py writes for all of them; openai.py and kobold.py say it in the words of those who asked.
"""
